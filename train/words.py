"""Word lists: real-world answers, famous subjects and the syllables of invented names."""

CITY = """Paris London Berlin Tokyo Madrid Rome Vienna Prague Lisbon Dublin Oslo Athens Cairo Delhi Mumbai
Chicago Boston Toronto Montreal Sydney Melbourne Warsaw Budapest Brussels Hamburg Munich Milan Naples
Stockholm Helsinki Copenhagen Geneva Zurich Istanbul Moscow Kyoto Osaka Seoul Beijing Shanghai Bangkok
Jakarta Manila Nairobi Lagos Santiago Lima Bogota Houston Dallas Denver Seattle Philadelphia Detroit Miami
Atlanta Nashville Glasgow Edinburgh Manchester Liverpool Leeds Bristol Marseille Lyon Bordeaux Toulouse
Barcelona Valencia Seville Porto Krakow Antwerp Amsterdam Rotterdam Baghdad Tehran Damascus Jerusalem
Havana Caracas Vancouver Ottawa Calgary Auckland Perth Brisbane Hanoi Karachi Lahore Dhaka Kabul Tunis
Algiers Casablanca Dakar Accra Belgrade Sofia Bucharest Riga Vilnius Tallinn Kiev Minsk Florence Venice
Turin Bologna Genoa Cologne Stuttgart Dresden Leipzig Salzburg Basel Bern Portland Phoenix Austin
Baltimore Cleveland Pittsburgh|New York City|San Francisco|Los Angeles|Buenos Aires|Mexico City|Hong Kong|
Cape Town|Rio de Janeiro|Saint Petersburg|New Orleans|Tel Aviv|Kuala Lumpur|Addis Ababa|São Paulo"""
COUNTRY = """France Germany Italy Spain Portugal Norway Sweden Denmark Finland Poland Austria Hungary Greece
Turkey Egypt Morocco Nigeria Kenya Ethiopia India Pakistan China Japan Vietnam Thailand Indonesia Malaysia
Australia Canada Mexico Brazil Argentina Chile Peru Colombia Venezuela Cuba Ireland Scotland Belgium
Switzerland Netherlands Russia Ukraine Romania Bulgaria Serbia Croatia Israel Iran Iraq Syria Jordan
Lebanon Singapore Philippines Mongolia Nepal Bangladesh Algeria Tunisia Ghana Senegal Iceland Estonia
Latvia Lithuania Slovakia Slovenia Albania Afghanistan Kazakhstan Cyprus Malta Jamaica Bolivia Ecuador
Uruguay England Wales|South Korea|New Zealand|South Africa|the United States|Saudi Arabia|Sri Lanka|
the United Kingdom|Costa Rica"""
CONTINENT = "Africa Europe Asia Antarctica Oceania|North America|South America"
LANGUAGE = """English French German Italian Spanish Portuguese Dutch Swedish Norwegian Danish Finnish Polish
Czech Hungarian Greek Turkish Arabic Hebrew Persian Hindi Urdu Bengali Tamil Chinese Japanese Korean
Vietnamese Thai Indonesian Malay Swahili Russian Ukrainian Romanian Bulgarian Serbian Croatian Latin
Irish Welsh Catalan Basque Icelandic Estonian Latvian Armenian Georgian Mongolian Nepali Zulu Telugu
Marathi Kannada Punjabi Mandarin Cantonese Yiddish Esperanto"""
PROFESSION = """lawyer doctor journalist architect photographer teacher actor novelist poet composer engineer
physicist chemist biologist mathematician economist politician bishop pilot sailor chef painter sculptor
dancer singer nurse dentist plumber carpenter electrician farmer banker accountant librarian historian
philosopher linguist astronomer geologist playwright diplomat surgeon psychologist cartoonist watchmaker
baker butcher tailor blacksmith translator editor judge detective gardener beekeeper locksmith
botanist theologian anthropologist programmer conductor comedian screenwriter"""
COMPANY = """Microsoft Apple Google Amazon IBM Intel Nokia Samsung Sony Toyota Honda Nissan BMW Volkswagen Fiat
Renault Ferrari Porsche Volvo Boeing Airbus Siemens Philips Bosch Canon Nikon Adobe Oracle Cisco Dell Yahoo
Facebook Nintendo Sega Ford Chevrolet Chrysler Dodge Peugeot Mazda Suzuki Yamaha Kawasaki Hitachi Panasonic
Toshiba Motorola Ericsson Nike Adidas Pfizer Bayer Nestle Unilever Walmart Mozilla Netflix Tesla
Lockheed Cadillac Jaguar Spotify Twitter"""
INSTRUMENT = """piano violin guitar cello flute trumpet clarinet saxophone harp organ drums trombone oboe viola
banjo mandolin accordion harmonica bassoon tuba sitar lute xylophone harpsichord ukulele"""
SPORT = """football basketball baseball tennis golf hockey rugby cricket volleyball handball swimming boxing
wrestling judo karate cycling skiing snowboarding rowing sailing fencing gymnastics badminton chess
archery surfing soccer marathon|table tennis|water polo|figure skating|ice hockey"""
POSITION = """goalkeeper midfielder striker defender quarterback pitcher catcher shortstop linebacker center
forward winger fullback goaltender outfielder cornerback|point guard|wide receiver|first baseman|left back"""
RELIGION = """Islam Christianity Buddhism Hinduism Judaism Catholicism Taoism Sikhism Shinto Protestantism
Jainism Confucianism Anglicanism Zoroastrianism"""
FIELD = """physics mathematics chemistry biology economics astronomy philosophy linguistics psychology geology
medicine sociology anthropology archaeology genetics botany zoology ecology logic geometry statistics
neuroscience meteorology robotics optics thermodynamics immunology theology|computer science|
political science|molecular biology|number theory|materials science"""
GENRE = """jazz opera blues rock reggae techno folk soul funk disco metal punk gospel swing salsa flamenco trance
ambient country rap|hip hop|classical music|heavy metal|pop music|bossa nova|chamber music"""
UNIVERSITY = """Harvard Oxford Yale Princeton Stanford Cambridge Heidelberg Sorbonne Uppsala Leiden Bologna
Coimbra Columbia Cornell|the University of Vienna|Kyoto University|the University of Chicago|Moscow State University"""
AWARD = """Nobel Prize|Pulitzer Prize|Fields Medal|Booker Prize|Golden Globe|Grammy Award|Turing Award|Academy Award|
Order of Merit|Silver Rose|Copley Medal|Golden Lion|Goethe Medal|Crystal Feather"""
HOBBY = """chess fishing knitting origami gardening pottery astronomy photography skating painting calligraphy
juggling hiking baking sailing karate diving embroidery|stamp collecting|bird watching|model railways|wood carving"""
ANIMAL = """cat dog parrot tortoise rabbit hamster goat pony ferret owl snake lizard hedgehog falcon pig raven
squirrel duck donkey otter fox"""
FOOD = """rice beans garlic salmon mushrooms cheese potatoes lamb chicken beef shrimp walnuts peanuts spinach
lentils honey apples cabbage olives pumpkin tofu noodles barley corn figs eggs seaweed ginger chocolate
sesame almonds tomatoes crab onions"""
POST = """president|prime minister|mayor|governor|ambassador|senator|chancellor|bishop|judge|minister of finance|
foreign minister|sheriff|pope|king|archbishop|attorney general"""
PARTY = """Labour Party|Green Party|Liberal Party|Conservative Party|Socialist Party|Republican Party|
Democratic Party|Communist Party|Centre Party|Farmers' Union|National Front|Pirate Party"""
CURRENCY = "euro dollar yen pound peso franc rupee krone dinar lira won yuan ruble shilling real baht zloty forint crown"
SEA = """Baltic Sea|Black Sea|North Sea|Caspian Sea|Red Sea|Adriatic Sea|Pacific Ocean|Atlantic Ocean|Indian Ocean|
Arctic Ocean|Mediterranean Sea|Yellow Sea|Caribbean Sea|Gulf of Mexico|Bay of Bengal"""
CLIMATE = "humid dry cold hot rainy foggy windy mild tropical stormy snowy sunny arctic cloudy"
INDUSTRY = """insurance shipping banking steel fashion textile gaming tobacco mining aerospace chemical paper
automotive tourism furniture jewellery telecommunications publishing pharmaceutical"""
COLOUR = """red blue green yellow black white orange purple pink brown grey silver gold turquoise beige crimson
violet ivory"""
WEEKDAY = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
MONTH = "January February March April May June July August September October November December"
FILMGENRE = "comedy thriller western musical documentary tragedy satire drama romance|horror film|science fiction film|crime story|war film"
NETWORK = """CBS NBC ABC BBC HBO Fox CNN MTV Netflix ESPN Showtime PBS ITV CNBC Nickelodeon Eurosport Arte
Disney|Channel 4|Sky One|Comedy Central|Cartoon Network"""
LABEL = """Sony Warner Motown Columbia Decca Capitol Epic Virgin Atlantic Elektra Polydor Naxos EMI Mercury|
Blue Note|Island Records|Deutsche Grammophon|RCA Records"""
MUSEUM = """Louvre Prado Hermitage Uffizi Rijksmuseum Guggenheim Albertina Belvedere|Tate Gallery|National Gallery|
British Museum|Art Institute|Brera Gallery"""
PLATFORM = """PlayStation Xbox Windows Linux Android Nintendo|Game Boy|Sega Saturn|Commodore 64|Super Nintendo|
PlayStation 2|Atari 2600"""
MATERIAL = """aluminium steel brass copper titanium plastic oak glass ceramic bronze polycarbonate rubber carbon
nylon magnesium bamboo zinc polyethylene granite|stainless steel|cast iron|carbon fibre"""
FUEL = "diesel petrol hydrogen electricity ethanol kerosene methane propane biodiesel coal wood|natural gas|liquid nitrogen"
CONNECTOR = "USB-C HDMI Ethernet Bluetooth WiFi RS-485 Zigbee Thunderbolt SATA LoRa CAN|micro USB|a serial cable|fibre optics"
USEOBJ = "tyres bridges helmets ropes toys windows pipes sails batteries lenses paints knives boats rockets cables needles bottles"
HABITAT = """swamps deserts caves forests meadows mangroves rivers lakes tundra mountains reefs jungles savannas
cities marshes dunes"""
ANIMALCLASS = "bird reptile mammal insect fish amphibian spider rodent beetle shark lizard frog snake moth whale"
DISEASE = "malaria asthma fever diabetes gout anaemia migraine influenza insomnia eczema arthritis tuberculosis depression"
SYMPTOM = "dizziness nausea fatigue headache itching sweating coughing drowsiness hiccups thirst tremor insomnia"
PLANET = "Mercury Venus Mars Jupiter Saturn Uranus Neptune Pluto Earth"
CONSTELLATION = "Orion Lyra Cygnus Pegasus Draco Aquila Virgo Leo Gemini Taurus Scorpius Perseus Andromeda Cassiopeia Hydra"
STDTOPIC = """welding noise packaging lighting elevators fasteners toys helmets batteries ladders cosmetics
encryption bearings cranes|fire doors|drinking water|paper sizes|road signs|air filters|pressure vessels"""
ORG = """NATO UNESCO OPEC ASEAN IEEE FIFA UEFA|World Bank|European Union|African Union|Red Cross|Arab League|
Nordic Council|United Nations|Hanseatic League|Welding Institute|Royal Society"""
PROGLANG = "Java Python Rust Haskell Fortran COBOL Ruby Perl Scala Kotlin Erlang Lisp Swift Go Prolog Julia Ada Pascal"
LICENCE = "MIT Apache BSD GPL LGPL Mozilla Zlib Artistic|Creative Commons|Eclipse"
FORMAT = "PDF JSON XML CSV YAML PNG TIFF SVG ZIP HTML EPUB Markdown TAR WAV"
OS = "Windows Linux macOS Android FreeBSD Solaris iOS DOS Unix Ubuntu Debian AmigaOS"
PROTOCOL = "HTTP MQTT FTP SSH TCP UDP SMTP AMQP Modbus WebSocket LDAP Kerberos QUIC SNMP"
LEAGUE = "Premier League|Bundesliga|Serie A|National League|Eastern Conference|Second Division|NBA|NFL|Champions League|Nordic Cup|Super League"
PLAYTEAM = """Arsenal Barcelona Juventus Chelsea Ajax Benfica Celtic Liverpool Everton Porto Napoli Valencia|Real Madrid|
Bayern Munich|Chicago Bulls|Boston Celtics|New York Yankees|Dallas Cowboys|Toronto Maple Leafs|Inter Milan"""
BUTTON = "the red button|F9|the power key|Escape|the side switch|the menu key|Ctrl and R|the left pedal|the star key|both triggers"

CITY_JA = "東京 大阪 京都 名古屋 札幌 福岡 横浜 神戸 仙台 広島 長崎 金沢 パリ ロンドン ベルリン ローマ マドリード ウィーン 北京 ソウル モスクワ シカゴ ボストン"
COUNTRY_JA = "日本 フランス ドイツ イタリア スペイン 中国 韓国 インド ブラジル カナダ エジプト ロシア メキシコ ケニア ベトナム タイ スウェーデン ポーランド"
JA = {
    "city": CITY_JA, "country": COUNTRY_JA,
    "profession": "医者 弁護士 教師 画家 建築家 看護師 料理人 農家 記者 詩人 俳優 漁師 大工 作曲家 翻訳家 写真家",
    "instrument": "ピアノ バイオリン ギター フルート 太鼓 チェロ 三味線 琴 トランペット ハープ",
    "language": "英語 フランス語 ドイツ語 スペイン語 中国語 韓国語 ロシア語 イタリア語 アラビア語 ポルトガル語",
    "company": "トヨタ ソニー 日立 東芝 任天堂 ホンダ 富士通 キヤノン パナソニック 三菱 シャープ 京セラ",
    "sport": "野球 サッカー 柔道 水泳 テニス 卓球 相撲 体操 剣道 バレーボール マラソン スキー",
    "hobby": "釣り 将棋 囲碁 登山 読書 園芸 陶芸 書道 料理 写真 天体観測 編み物",
    "network": "テレビ朝日 日本テレビ フジテレビ テレビ東京 NHK TBS",
    "material": "アルミニウム 鋼 真鍮 銅 チタン プラスチック ガラス 木 ゴム セラミック 炭素繊維",
    "colour": "赤 青 緑 黄色 黒 白 紫 銀色 茶色 灰色",
    "weekday": "月曜日 火曜日 水曜日 木曜日 金曜日 土曜日 日曜日",
    "stdtopic": "溶接 騒音 照明 包装 ねじ 電池 ヘルメット 飲料水 昇降機 暗号",
    "habitat": "森 砂漠 湿地 洞窟 川 湖 高山 海岸 草原 島",
    "food": "米 豆腐 鮭 卵 きのこ かぼちゃ 鶏肉 そば 海苔 りんご 味噌 えび",
}
PERSON_JA = {
    "family": "佐藤 鈴木 高橋 田中 渡辺 中村 小林 加藤 吉田 山口 松本 井上 木村 清水 森田 石川 岡本 藤井 西村 青木",
    "given": "太郎 花子 健一 美咲 翔 陽子 直樹 恵 隆 さくら 誠 真理 大輔 由美 拓也 千春",
}
NAME_JA = {
    "company_any": "株式会社ミナト精機 北星工業 青空電機 カワセ商事 東峰ロボティクス ヤマネ製薬 白鳥運輸 オリオン食品 南風建設 ツバメ光学",
    "country": "アルメリア王国 ヴェルダ共和国 ソルナ連邦 イルカ島国 カサリ公国 日本 フランス ドイツ ペルー インド",
    "place": "白樺湖 青葉山 鳥見塔 星降る谷 オルネ城 カリナ島 夕凪海岸 七色滝 エッフェル塔 富士山 万里の長城",
    "book": "『夜の羅針盤』 『砂の手紙』 『硝子の庭』 『遠い汽笛』 『雨と歯車』 『七番目の鍵』 『坊っちゃん』",
    "film": "『月下の配達人』 『最後の灯台』 『赤い傘』 『静かな嵐』 『遠雷』 『七人の侍』",
    "show": "『朝の窓』 『週末探検隊』 『なぞの台所』 『未来ニュース』 『港町刑事』 『歌の泉』",
    "shop": "喫茶ひだまり ミドリ書店 さくら薬局 北町パン工房 オカダ時計店 すずらん生花店 まるや食堂 海風ホテル 中央図書館",
    "law": "個人情報保護法第二十七条 道路安全条例 食品表示規則 電波管理法 労働時間法 森林保護条例 建築基準令 港湾利用規則",
    "species": "アオハネギツネ シマフエガエル ヤマビコドリ ギンイロヤモリ ミズカゲロウザル ツキノワフクロウ コケカメ",
    "dish": "ミナト鍋 月見ロール 山吹カレー 七草うどん 白雲スープ 里芋グラタン 桜だんご 火の国焼き",
    "event": "青葉音楽祭 北斗マラソン 全国凧揚げ大会 未来技術展 灯籠まつり 国際折り紙会議 雪国映画祭",
    "org": "港湾安全委員会 全国茶道協会 環境調査室 市民図書会 東部水利組合 国際書道連盟",
    "material_inv": "ミナライト 青鋼 シロナイト合金 フジロン樹脂 カガリ石 ゼノセラム",
    "person_x": "夏目漱石 織田信長 アインシュタイン モーツァルト ナポレオン",
}

# Subjects that a model knows something about. They get random answers of the right type.
FAMOUS = {
    "person": """Charles Darwin|Ludwig van Beethoven|Johann Sebastian Bach|
William Shakespeare|Jane Austen|Victor Hugo|Napoleon Bonaparte|Abraham Lincoln|Winston Churchill|
Mahatma Gandhi|Nelson Mandela|Leonardo da Vinci|Nikola Tesla|
Thomas Edison|Sigmund Freud|Friedrich Nietzsche|Immanuel Kant|Voltaire|Marcel Proust|Franz Kafka|
Ernest Hemingway|Mark Twain|Charles Dickens|Agatha Christie|Alfred Hitchcock|Charlie Chaplin|Walt Disney|
Marilyn Monroe|Elvis Presley|Bob Dylan|David Bowie|Freddie Mercury|Madonna|Pele|Diego Maradona|
Cristiano Ronaldo|Roger Federer|Rafael Nadal|Serena Williams|Michael Jordan|Usain Bolt|Muhammad Ali|
Garry Kasparov|Bill Gates|Elon Musk|Akira Kurosawa|Haruki Murakami|Frederic Chopin|Franz Schubert|Giuseppe Verdi|Yo-Yo Ma|Louis Armstrong|Miles Davis|
Martin Luther|Ada Lovelace|Stephen Hawking|Richard Feynman|Niels Bohr|Simone de Beauvoir|Umberto Eco|Federico Fellini|Sophia Loren|Audrey Hepburn|
Angela Merkel|Queen Victoria|Cleopatra|Julius Caesar|Marco Polo|Christopher Columbus|Joan of Arc|
Emile Zola|Edith Piaf|Zinedine Zidane|Gerard Depardieu|Claude Monet|Henri Matisse""",
    "country": """Egypt|China|Australia|Chile|Ethiopia|Pakistan|Ukraine|Iraq|Mongolia""",
    "place": """Mount Everest|the Grand Canyon|the Sahara|Niagara Falls|Loch Ness|Mount Fuji|Machu Picchu|
Stonehenge|the Great Barrier Reef|the Matterhorn|Yellowstone|Angkor Wat|Petra|
Tuscany|Texas|Siberia|Normandy|Hokkaido|Sicily|Mount Kilimanjaro|Corsica|Lapland""",
    "building": """the Eiffel Tower|Big Ben|the Colosseum|the Empire State Building|the Brandenburg Gate|Tower Bridge|
the Kremlin|the White House|Notre-Dame|the Sagrada Familia|the Sydney Opera House|the Parthenon|
Buckingham Palace|the Golden Gate Bridge|the Alhambra|Charles Bridge|the Louvre|La Scala""",
    "company_any": """Microsoft|Toyota|Nestle|Siemens|Sony|Ikea|Lego|Samsung|Airbus|Volvo|
Philips|Heineken|Adidas|Gucci|Honda|Google|Tesla|Starbucks|Pepsi|Spotify|Ryanair|Michelin|Hyundai""",
    "product_any": """PlayStation 3|Chevrolet Camaro|Ford Mustang|Fiat Panda|
Photoshop|Gmail|Game Boy Color|Walkman|
Honda Accord|Volkswagen Beetle|MacBook Pro|Galaxy Note|iPod Nano|
Ferrari Testarossa|Renault Clio|YouTube|Instagram|Java|Android""",
    "book": """War and Peace|Don Quixote|Moby Dick|Pride and Prejudice|The Odyssey|Faust|Les Misérables|
Crime and Punishment|The Trial|Dracula|Frankenstein|The Hobbit|Ulysses|The Divine Comedy|Candide|
Le Figaro|Der Spiegel|Pravda|Madame Bovary|Nineteen Eighty-Four""",
    "film": """Casablanca|The Godfather|Star Wars|Titanic|Psycho|Seven Samurai|La Dolce Vita|Metropolis|Amélie|Jaws|Alien|
Gone with the Wind|Blade Runner|Vertigo|Das Boot|Spirited Away|Monty Python and the Holy Grail""",
    "show": """Friends|Seinfeld|Breaking Bad|Doctor Who|Star Trek|The Sopranos|Lost|Sesame Street|Top Gear|
House of Cards|Dallas|South Park|Downton Abbey|The X-Files|""",
    "song": """Yesterday|Imagine|Bohemian Rhapsody|Hey Jude|Like a Virgin|Silent Night|La Vie en rose|
Stairway to Heaven|Dancing Queen|Purple Rain|Smells Like Teen Spirit|Für Elise|The Four Seasons""",
    "artwork": "the Mona Lisa|Guernica|The Starry Night|The Night Watch|The Scream|The Birth of Venus|Sunflowers|Las Meninas",
    "team": """Real Madrid|Manchester United|Chicago Bulls|Boston Red Sox|Juventus|Ajax|Bayern Munich|Liverpool|
Toronto Raptors|Los Angeles Lakers|Boca Juniors|Santos|Celtic""",
    "dish": "pizza|sushi|paella|goulash|kimchi|falafel|tacos|croissant|curry|ramen|fondue|borscht|tempura|moussaka|baklava",
    "river": "the Nile|the Danube|the Rhine|the Amazon|the Volga|the Thames|the Seine|the Mississippi|the Ganges|the Congo",
    "software": "Firefox|Excel|Linux Mint|WordPress|Blender|Docker|Git|Postgres|Chrome|PowerPoint|Emacs",
    "science": "the theory of relativity|gravity|penicillin|radioactivity|oxygen|natural selection|quantum theory|game theory",
    "invention": "the telephone|the light bulb|the steam engine|dynamite|the printing press|the zipper|the radio|the bicycle",
    "space": "Voyager 1|Sputnik|Titan|Europa|Phobos|Ganymede|Triton|Io|the Hubble telescope",
    "event": """Oktoberfest|the Olympic Games of 1936|the World Cup of 1998|the Battle of Waterloo|Woodstock|
the French Revolution|the Cannes festival|the Boston Marathon|the Battle of Hastings|Carnival""",
    "species": "the giant panda|the kangaroo|the emperor penguin|the Bengal tiger|the koala|the llama|the blue whale|the dodo",
    "law": "the Treaty of Rome|the Magna Carta|the Geneva Convention|the Kyoto Protocol|the Treaty of Versailles",
    "medicine": "aspirin|ibuprofen|penicillin|insulin|morphine|quinine",
    "org": "Greenpeace|Interpol|the Red Cross|the Rotary Club|Amnesty International|the World Wildlife Fund",
    "people": "the Zulu|the Inuit|the Maori|the Basques|the Sami|the Navajo|the Berbers|the Catalans",
    "ship": "the Titanic|the Queen Mary|the Bismarck|the Mayflower|the Santa Maria|the Cutty Sark",
    "airline": "Lufthansa|Air France|Qantas|Emirates|Iberia|Aeroflot|Ryanair|KLM",
    "star": "Sirius|Vega|Betelgeuse|Polaris|Alpha Centauri|Rigel|Antares",
}
